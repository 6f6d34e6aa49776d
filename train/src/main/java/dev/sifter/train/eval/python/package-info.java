/**
 * What task files owe to Python, to the letter: {@code re}, {@code ast.literal_eval}, {@code
 * random.Random}.
 */
package dev.sifter.train.eval.python;
