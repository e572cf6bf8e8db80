/** A training service: jobs over HTTP, each in its own directory, and views of their progress. */
@NullMarked
package io.pipeflux.samples.training.service;

import org.jspecify.annotations.NullMarked;
