/** Test support for users of this module: the contract every link keeps. */
package io.diskless.aoe.testkit;
