/** What the tests of all modules share. */
@NullMarked
package io.pipeflux.core.test;

import org.jspecify.annotations.NullMarked;
