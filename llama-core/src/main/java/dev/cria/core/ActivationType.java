package dev.cria.core;

/**
 * How the inputs of products are kept while they are multiplied with quantised weights of 4 to 6 bits (all but IQ4_NL
 * and IQ4_XS). Other weights always take floats.
 */
public enum ActivationType {
    /** As floats: results as exact as the weights, at a half to nine tenths of the speed. */
    F32,
    /**
     * In 8 bits with a scale for every 32, like llama.cpp: an error far below that of the weights' own quantisation.
     */
    Q8
}
