/**
 * ATA as AoE carries it (spec aoe-wire §4): opcodes and status bits, and the bodies of IDENTIFY, SMART and TRIM. Knows
 * nothing of Ethernet. All fields are little-endian.
 */
package io.diskless.aoe.ata;
