/** Software RAID: mdadm.conf. */
package io.diskless.cluster.conf.md;
