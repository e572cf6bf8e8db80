/** What the tests of this project's own modules share; {@code io.pipeflux.test} is for users, too. */
@NullMarked
package io.pipeflux.core.suite;

import org.jspecify.annotations.NullMarked;
