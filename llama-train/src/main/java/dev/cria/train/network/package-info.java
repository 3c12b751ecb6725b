/** The transformer with its gradients. */
@NullMarked
package dev.cria.train.network;

import org.jspecify.annotations.NullMarked;
