/**
 * A base model from scratch on plain text: a {@link dev.sifter.train.sft.SftRun} over weights that
 * nobody has trained, whose every token is a target.
 */
package dev.sifter.train.pretrain;
