/**
 * A training service, which accepts jobs over HTTP, runs each job in its own directory, and shows the progress of the
 * jobs.
 */
@NullMarked
package io.pipeflux.samples.training.service;

import org.jspecify.annotations.NullMarked;
