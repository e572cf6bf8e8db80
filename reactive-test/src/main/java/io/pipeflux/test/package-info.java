/**
 * Helps to test pipelines, formats and operators. The package has pipes that are fed, with faults on demand, and the
 * tests that each format or operator must pass.
 */
@NullMarked
package io.pipeflux.test;

import org.jspecify.annotations.NullMarked;
