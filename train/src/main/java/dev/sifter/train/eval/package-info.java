/**
 * Evaluation by the rules of EleutherAI's lm-evaluation-harness: the same task files, prompts,
 * metrics, standard errors and result files; and what it lacks, a paired comparison of two models.
 *
 * <p>A run from left to right: {@code source} reads task files and data sets; {@code task} makes
 * tasks of them, their prompts and metrics; {@link dev.sifter.train.eval.Evaluator} asks the model,
 * through {@code score} for probabilities and {@link dev.sifter.train.eval.AnswerGenerator} for
 * texts; {@code filter} takes answers out of texts; {@code metric} makes figures of the answers;
 * {@link dev.sifter.train.eval.ResultTable} and {@link dev.sifter.train.eval.ResultFiles} show
 * them. {@code python} holds what task files owe to Python: its regular expressions, literals and
 * random numbers.
 */
package dev.sifter.train.eval;
