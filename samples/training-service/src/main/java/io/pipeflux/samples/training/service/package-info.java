/** A service that trains: jobs over HTTP, each in a directory of its own, and what is to be seen of them. */
@NullMarked
package io.pipeflux.samples.training.service;

import org.jspecify.annotations.NullMarked;
