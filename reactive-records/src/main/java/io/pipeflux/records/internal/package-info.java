/**
 * Helper classes that the formats of this module share. These classes are not part of the documented API and may change
 * in any release.
 */
@NullMarked
package io.pipeflux.records.internal;

import org.jspecify.annotations.NullMarked;
