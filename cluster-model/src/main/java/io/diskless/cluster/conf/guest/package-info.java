/** Guest definitions: Xen's xl.cfg with its disk specifications, and libvirt's domain XML. */
package io.diskless.cluster.conf.guest;
