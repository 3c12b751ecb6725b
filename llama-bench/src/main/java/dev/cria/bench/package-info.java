/** Benchmarks. */
@NullMarked
package dev.cria.bench;

import org.jspecify.annotations.NullMarked;
