/** What a person sees of a run: progress, table, JSON, picture. */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.lab.report;
