/** Whether a plan keeps every rule on its way, in every order and with any one failure. */
package io.diskless.cluster.plan.proof;
