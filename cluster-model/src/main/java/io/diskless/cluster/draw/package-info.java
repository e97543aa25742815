/**
 * Pictures of a site: what there is, how one guest comes to its platters, and what a change changes; as SVG with a layout of
 * its own, Graphviz DOT or Mermaid. Equal models make equal pictures, byte by byte.
 */
@org.jspecify.annotations.NullMarked
package io.diskless.cluster.draw;
