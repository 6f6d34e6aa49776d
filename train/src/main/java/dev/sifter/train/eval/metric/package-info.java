/**
 * From the values of single items to figures with standard errors; and metrics over texts as their
 * reference libraries define them: BLEU, chrF and TER after sacrebleu, ROUGE after rouge_score.
 */
package dev.sifter.train.eval.metric;
