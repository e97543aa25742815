/** Carrying out a plan: the door for executors, who drives them, and an executor of memory and virtual time. */
package io.diskless.cluster.plan.run;
