/** HTTP for firmware and iPXE: GET, HEAD and ranges, with a length always and never in chunks. */
package io.diskless.netboot.http;
