package dev.cria.model;

/**
 * How well a model foretells a long text, by llama.cpp's definition, so that the numbers of both can be compared.
 *
 * <p>The tokens of the text are cut into chunks of a context's length; what is left over is not used. Each chunk is a
 * text of its own, whose first token is replaced by BOS where the model wants one. Of each, the tokens after the first
 * half are scored: those before only serve as what the model has read.
 *
 * @param perplexity e to the mean negative log-probability of the scored tokens: 1 for certainty
 * @param standardError the standard error of the perplexity, as the scored tokens vary; not a number if there is only
 *     one
 * @param tokens tokens of the text, BOS included
 * @param scoredTokens tokens whose probability was asked for
 * @param chunks how many chunks there were
 */
public record Perplexity(double perplexity, double standardError, int tokens, int scoredTokens, int chunks) {}
