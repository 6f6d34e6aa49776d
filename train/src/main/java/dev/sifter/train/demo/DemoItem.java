package dev.sifter.train.demo;

/**
 * One small problem, in words.
 *
 * @param task what kind
 * @param key kind and operands, without the wording: two items with the same key are the same
 *     problem
 * @param statement sentences that say problem and answer, for pretraining
 * @param question the problem, for a conversation
 * @param answer the one right answer
 */
public record DemoItem(String task, String key, String statement, String question, String answer) {}
