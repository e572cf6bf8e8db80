/**
 * Helps to test pipelines, formats and operators. The package provides pipes that are fed with bytes, optionally with
 * faults, and the tests that each format or operator must pass.
 */
@NullMarked
package io.pipeflux.test;

import org.jspecify.annotations.NullMarked;
