/** The site: its plan, and the two ways to build it (network namespaces joined by veth, or one process and a segment). */
@org.jspecify.annotations.NullMarked
package io.diskless.benchmarks.lab.site;
