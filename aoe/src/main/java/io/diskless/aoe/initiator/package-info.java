/**
 * The client side of AoE: {@link io.diskless.aoe.initiator.AoeInitiator} finds targets and opens them as
 * {@link io.diskless.aoe.initiator.AoeDisk}, a block device like any other.
 *
 * <p>A reader starts with {@code DiskEngine}, whose opening essay tells how a request becomes frames, how loss is noticed
 * and why a repeated write can never overwrite a newer one.
 */
package io.diskless.aoe.initiator;
