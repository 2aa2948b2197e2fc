// Package web is a consumer: it places orders with the provider "shop".
package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// PlaceOrder sends a signed order, a JSON Web Token. It fails unless the shop accepts it.
func PlaceOrder(ctx context.Context, shop, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, shop+"/orders", strings.NewReader(token))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/jwt")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		reason, _ := io.ReadAll(response.Body)
		return fmt.Errorf("the shop answered %s: %s", response.Status, reason)
	}
	return nil
}
