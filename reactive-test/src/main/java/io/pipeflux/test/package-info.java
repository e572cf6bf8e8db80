/**
 * Supports tests of pipelines, formats and operators. Provides pipes that are fed with bytes, optionally with faults,
 * and the tests that each format or operator must pass.
 */
@NullMarked
package io.pipeflux.test;

import org.jspecify.annotations.NullMarked;
