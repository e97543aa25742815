/**
 * What must hold at a site: rules with the reason for each, findings that name the place, the cause and where it is certain
 * the repair, checked as a whole or after a change.
 */
package io.diskless.cluster.rules;
