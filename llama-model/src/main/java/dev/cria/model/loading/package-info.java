/** From a weight file to a model that can run. */
@NullMarked
package dev.cria.model.loading;

import org.jspecify.annotations.NullMarked;
