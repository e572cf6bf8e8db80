/**
 * Threads and other helpers that the modules of Pipeflux share. They are not part of the documented API, and may change
 * in any release. No public signature outside this package may contain a type of this package.
 */
@NullMarked
package io.pipeflux.core.internal;

import org.jspecify.annotations.NullMarked;
