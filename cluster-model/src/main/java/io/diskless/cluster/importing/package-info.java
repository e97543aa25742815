/** Reading the files of an existing site: all files of all machines become one model, and what is wrong with them. */
package io.diskless.cluster.importing;
