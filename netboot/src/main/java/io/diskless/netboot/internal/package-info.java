/** What several servers share and nobody else needs. */
package io.diskless.netboot.internal;
