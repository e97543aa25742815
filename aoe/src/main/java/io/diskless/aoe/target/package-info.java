/**
 * An AoE target: {@link io.diskless.aoe.target.AoeTarget} serves block devices on Ethernet links to whoever
 * {@link io.diskless.aoe.target.AccessControl} lets.
 */
package io.diskless.aoe.target;
