/**
 * The site as JSON. Needs {@code jackson-core} at run time, which is an optional dependency of this artifact; nothing else of it
 * does but the command line.
 */
package io.diskless.cluster.json;
