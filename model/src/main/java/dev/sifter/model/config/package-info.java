/**
 * What {@code config.json} says, in one form for all families.
 *
 * <p>{@link dev.sifter.model.config.ModelConfigReader} looks the {@code model_type} up in {@code
 * families.json}, whose entry, a {@code Family}, says which key means what. The result is a {@link
 * dev.sifter.model.config.ModelConfig}, with {@link dev.sifter.model.config.WeightNames} for what
 * the family calls its modules. No other package knows that there are families.
 */
package dev.sifter.model.config;
