/** What can be asked of a site; a finding's repair is one. */
package io.diskless.cluster.model.operation;
