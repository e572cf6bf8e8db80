/** Reads the input format of SageMaker's image classification: an augmented manifest of images and their classes. */
@NullMarked
package io.pipeflux.samples.training.images;

import org.jspecify.annotations.NullMarked;
