/**
 * IFEval (Zhou et al. 2023): instructions that can be checked by a program, such as "no commas" or
 * "at least 300 words". The rules are those of lm-evaluation-harness's task.
 */
package dev.sifter.train.eval.ifeval;
