/** Benchmarks of the parser's package-private parts. */
@NullMarked
package io.pipeflux.records.example;

import org.jspecify.annotations.NullMarked;
