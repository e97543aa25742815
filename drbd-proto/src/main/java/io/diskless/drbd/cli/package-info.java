/** The command line: a class-path program that lives only in the {@code -cli} jar. */
package io.diskless.drbd.cli;
