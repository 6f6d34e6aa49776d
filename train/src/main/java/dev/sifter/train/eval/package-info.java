/**
 * Evaluation by the rules of EleutherAI's lm-evaluation-harness: the same task files, prompts,
 * metrics, standard errors and result files; and what it lacks, a paired comparison of two models.
 */
package dev.sifter.train.eval;
