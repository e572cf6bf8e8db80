/** Image classification as in SageMaker: an augmented manifest of images and classes, decoded and resized. */
@NullMarked
package io.pipeflux.samples.training.images;

import org.jspecify.annotations.NullMarked;
