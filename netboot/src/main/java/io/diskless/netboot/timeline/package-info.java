/** What each machine did while it booted, from its first DISCOVER to its root, with what looks wrong and is normal named so. */
package io.diskless.netboot.timeline;
