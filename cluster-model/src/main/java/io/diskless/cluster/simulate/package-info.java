/** What becomes of a site when power, racks, networks or machines go, in virtual time, from one seed. */
package io.diskless.cluster.simulate;
