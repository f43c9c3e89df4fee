# win_product_facts: the licence from CIM, the product's ID from the registry.

function Read-State($Arguments) {
    $key = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    # the application ID is that of Windows itself
    $filter = "ApplicationID='55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey IS NOT NULL"
    $product = @(Get-CimInstance -ClassName SoftwareLicensingProduct -Filter $filter -ErrorAction SilentlyContinue)[0]
    $status = $null
    $channel = $null
    if ($null -ne $product) {
        $status = [int]$product.LicenseStatus
        $channel = [string]$product.ProductKeyChannel
    }
    $bytes = Get-RegistryData $key 'DigitalProductId'
    $stored = $null
    if ($null -ne $bytes) { $stored = @($bytes) }
    return @{
        product_id = [string](Get-RegistryData $key 'ProductId')
        digital_id = $stored
        status = $status
        channel = $channel
        edition = [string](Get-RegistryData $key 'EditionID')
    }
}
