package dev.cria.core;

/** How the inputs of products are kept while they are multiplied with weights of 4 bits (Q4_0, Q4_1 and Q4_K). Other weights always take floats. */
public enum ActivationType {
    /** As floats: results as exact as the weights, at a half to four fifths of the speed. */
    F32,
    /** In 8 bits with a scale for every 32, like llama.cpp: an error far below that of the weights' own quantisation. */
    Q8
}
