/** The parts that a session is made of: one owner of state per file, without I/O, threads or clocks. Not exported. */
package io.diskless.drbd.internal;
