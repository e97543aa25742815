/**
 * The command line of the model. A class-path program: it is left out of the main jar and travels in the {@code -cli} jar only.
 */
package io.diskless.cluster.cli;
