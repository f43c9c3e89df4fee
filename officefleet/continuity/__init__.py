"""What pharmacists do by hand, as a product: the spare poste, proofs, the binder, first aid."""
