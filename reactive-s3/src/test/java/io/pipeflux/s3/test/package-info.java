/** An S3 server for tests, and what may go wrong on the way to it. */
package io.pipeflux.s3.test;
