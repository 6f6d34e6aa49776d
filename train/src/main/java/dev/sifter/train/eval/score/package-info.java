/**
 * Log-probabilities of texts under a model: texts to tokens, questions that share a beginning read
 * once, long texts in windows.
 */
package dev.sifter.train.eval.score;
