/**
 * Helps with the tests of pipelines, formats and operators: pipes that are fed and go wrong on demand, and contracts
 * that a format or an operator of your own is tested against.
 */
@NullMarked
package io.pipeflux.test;

import org.jspecify.annotations.NullMarked;
