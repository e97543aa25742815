/** Native calls that the house shares. JNA is optional: without it everything here says "not possible" and why. */
package io.diskless.cluster.internal.linux;
