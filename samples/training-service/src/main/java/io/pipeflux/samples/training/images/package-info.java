/** Reads the input of image classification as in SageMaker: an augmented manifest of images and their classes. */
@NullMarked
package io.pipeflux.samples.training.images;

import org.jspecify.annotations.NullMarked;
