/**
 * Threads and other means that the modules of Pipeflux share. Not for users: not part of the documented API, and free
 * to change in any release. No public signature outside this package may name a type of it.
 */
@NullMarked
package io.pipeflux.core.internal;

import org.jspecify.annotations.NullMarked;
